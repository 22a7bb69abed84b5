"""Messages to people and systems: each new list, and each trouble, by every channel that settings name.

Nothing is kept beside what has happened: messages are read off the journal and the notices of the home, and a channel
notes how far it has come. So none is lost by a crash, and one whose sending was cut short is sent again under its id.
"""
