// All kernels for one instruction set. The including file says how large a tile its registers hold (TILE_ROWS rows ×
// TILE_VECTORS vectors of sixteen floats), and the table's name (KERNELS).
#include "attention.h"
#include "dense.h"
#include "norm.h"

const transformer_kernels KERNELS = {embed, add_norm, dense, attention, mean_pool};
