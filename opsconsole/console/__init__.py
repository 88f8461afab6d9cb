"""The console: the Textual app that shows a session and sends its commands. It decides nothing by itself."""
