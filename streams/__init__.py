"""The Faust worker: reads comments, asks the classifier, publishes what moderators need to know."""
