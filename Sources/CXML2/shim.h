// The HTML parser and the tree that it builds. `xmlFree` is a global variable and the generic error handler is
// variadic: neither can be used from Swift, and neither is needed.
#include <libxml/HTMLparser.h>
#include <libxml/tree.h>
