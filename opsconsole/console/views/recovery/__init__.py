"""Ways back on the screen: the time line of a database, what a restore to an instant would contain, what is at risk."""
