"""The model service: `RedditClassifier`, the text it reads and the bundle it loads."""
