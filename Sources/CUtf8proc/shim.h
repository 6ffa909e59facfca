// Canonical decomposition, general categories and combining classes, by scalar: the standard library keeps its
// decomposition to itself, and Foundation's works on whole strings only.
#include <utf8proc.h>
