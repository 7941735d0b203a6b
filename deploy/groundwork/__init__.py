"""What both engines build on: services, settings, ports, roles, queues, and how full they are.

The modules that run before anything is installed (all but `databases`, `backlogs` and `fcm`) need
the standard library alone.
"""
