"""Loaded by every Python process of the lab's services before their own code (Python's ``site``).

Nova, Cinder, Designate and Octavia load everything and then fork their workers. A worker's garbage
collector would write into the header of each object that it inherited, and so copy nearly every
page of it. What is there at a fork is therefore put aside in the worker (gc.freeze).
"""

import gc
import os

os.register_at_fork(before=gc.freeze, after_in_parent=gc.unfreeze)
