// Nothing to call: linking the object is the point; see thread_sanitizer.c.
