internal import COneDNN

/// y = x · Wᵀ + b, if wanted followed by GELU, with packed weights.
///
/// Any number of threads may apply it.
///
/// Unchecked because the library guards what it changes: the kernels that it compiles for new numbers of rows.
final class DenseLayer: @unchecked Sendable {
    private let layer: OpaquePointer

    /// Copies `weights` (outputs × inputs) and `bias` (outputs).
    init(
        weights: UnsafeBufferPointer<Float>,
        bias: UnsafeBufferPointer<Float>,
        gelu: Bool = false,
        using context: DenseContext
    ) throws(EmbeddingError) {
        let (outputs, inputs) = (bias.count, weights.count / bias.count)
        var layer: OpaquePointer?
        let status = dense_layer_create(
            context.pointer,
            weights.baseAddress,
            bias.baseAddress,
            Int64(outputs),
            Int64(inputs),
            gelu,
            &layer
        )
        guard status == dense_ok, let layer else { throw .computationFailed(status: status.rawValue) }
        self.layer = layer
    }

    deinit { dense_layer_destroy(layer) }

    /// Reads and writes `rows` rows.
    func apply(
        to input: UnsafePointer<Float>,
        into output: UnsafeMutablePointer<Float>,
        rows: Int,
        using context: DenseContext
    ) throws(EmbeddingError) {
        let status = dense_layer_apply(layer, context.pointer, input, output, Int64(rows))
        guard status == dense_ok else { throw .computationFailed(status: status.rawValue) }
    }
}

/// What one thread needs to apply layers.
///
/// Not for two threads at once.
final class DenseContext {
    fileprivate let pointer: OpaquePointer

    init() throws(EmbeddingError) {
        dense_use_one_thread()
        guard let pointer = dense_context_create() else {
            throw .computationFailed(status: dense_out_of_memory.rawValue)
        }
        self.pointer = pointer
    }

    deinit { dense_context_destroy(pointer) }

    /// Keeps the library on the calling thread.
    ///
    /// The setting belongs to the thread, and a dispatch queue's thread changes, so it is made before each batch.
    static func useOneThread() { dense_use_one_thread() }
}
