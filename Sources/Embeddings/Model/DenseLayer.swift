internal import CTransformerKernels

/// y = x · Wᵀ + b, if wanted followed by GELU, with packed weights.
///
/// Unchecked because the buffers are written in the initializer only and are freed with the last reference.
final class DenseLayer: @unchecked Sendable {
    /// Outputs / 32: the layer can be computed panel by panel.
    let panels: Int

    /// What the kernel computes.
    ///
    /// Its pointers are valid for as long as this object.
    let parameters: transformer_dense

    private let weights: UnsafeMutablePointer<Float>
    private let bias: UnsafeMutablePointer<Float>

    /// Copies the weights (outputs × inputs) and bias (outputs) of layers that have one input, so that their panels
    /// take turns: with three layers, panel 0 of each, then panel 1 of each.
    ///
    /// The outputs of each are a multiple of 32, and all have as many.
    init(_ parts: [(weights: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>)], inputs: Int, gelu: Bool) {
        let width = Int(transformer_panel)
        panels = parts.reduce(0) { $0 + $1.bias.count } / width
        weights = AlignedFloats.allocate(panels * width * inputs)
        bias = AlignedFloats.allocate(panels * width)
        parameters = transformer_dense(weights: weights, bias: bias, inputs: inputs, gelu: gelu)
        for (first, part) in parts.enumerated() {
            guard let rows = part.weights.baseAddress, let values = part.bias.baseAddress else { continue }
            transformer_pack(rows, part.bias.count, inputs, first, parts.count, weights)
            for panel in 0..<part.bias.count / width {
                (bias + (first + panel * parts.count) * width).update(from: values + panel * width, count: width)
            }
        }
    }

    /// Where a panel's weights begin; those of the next follow.
    func weights(ofPanel panel: Int) -> UnsafePointer<Float> {
        UnsafePointer(weights + panel * Int(transformer_panel) * parameters.inputs)
    }

    deinit {
        weights.deallocate()
        bias.deallocate()
    }
}

enum AlignedFloats {
    /// Zeros from the start of a cache line on.
    static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 64)
        let floats = bytes.bindMemory(to: Float.self, capacity: count)
        floats.initialize(repeating: 0, count: count)
        return floats
    }
}
