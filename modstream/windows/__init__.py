"""The windows of the stream from outside: counted from scratch, shown, plotted."""
