"""Dead letters: what they say, which of them could come back, and bringing these back to the stream.

`letters.py` reads one, `catalogue.py` knows them all and what became of them, `reading.py` gets them from
Kafka, `resubmitting.py` and `sender.py` send them again, `report.py` and `showing.py` print.
"""
