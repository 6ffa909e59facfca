internal import CTransformerKernels

/// Finds a BERT encoder's weights in a file, checks their shapes, and packs them.
struct WeightReader {
    private let file: SafetensorsFile

    /// Some checkpoints have the encoder inside a larger model.
    private let prefix: String

    init(file: SafetensorsFile) {
        self.file = file
        prefix = file.contains("bert.embeddings.word_embeddings.weight") ? "bert." : ""
    }

    /// Floats that stay in the file.
    func weights(_ name: String, _ shape: Int...) throws(SafetensorsError) -> Weights {
        Weights(try file.floats(prefix + name, shape: shape), in: file)
    }

    func norm(_ name: String, shape: EncoderShape) throws(SafetensorsError) -> Norm {
        Norm(
            gain: try weights("\(name).weight", shape.width),
            bias: try weights("\(name).bias", shape.width),
            epsilon: shape.normEpsilon
        )
    }

    func dense(_ name: String, _ outputs: Int, _ inputs: Int, gelu: Bool = false, using context: DenseContext) throws
        -> DenseLayer
    {
        let weights = try file.floats("\(prefix)\(name).weight", shape: [outputs, inputs])
        let bias = try file.floats("\(prefix)\(name).bias", shape: [outputs])
        defer { file.release(weights) }
        return try DenseLayer(weights: weights, bias: bias, gelu: gelu, using: context)
    }

    /// Several square layers of one input as one layer, their outputs side by side.
    func stacked(_ names: [String], _ width: Int, using context: DenseContext) throws -> DenseLayer {
        var weights: [Float] = []
        var bias: [Float] = []
        weights.reserveCapacity(names.count * width * width)
        for name in names {
            let part = try file.floats("\(prefix)\(name).weight", shape: [width, width])
            weights.append(contentsOf: part)
            bias.append(contentsOf: try file.floats("\(prefix)\(name).bias", shape: [width]))
            file.release(part)
        }
        return try weights.withUnsafeBufferPointer { weights in
            try bias.withUnsafeBufferPointer { bias in
                try DenseLayer(weights: weights, bias: bias, using: context)
            }
        }
    }
}

/// Floats in a mapped file, which they keep mapped.
///
/// Unchecked because the mapping is read-only.
struct Weights: @unchecked Sendable {
    let pointer: UnsafePointer<Float>?
    private let file: SafetensorsFile

    init(_ floats: UnsafeBufferPointer<Float>, in file: SafetensorsFile) {
        pointer = floats.baseAddress
        self.file = file
    }
}

/// The parameters of a layer norm.
struct Norm: Sendable {
    let gain: Weights
    let bias: Weights
    let epsilon: Float

    var parameters: transformer_norm {
        transformer_norm(gain: gain.pointer, bias: bias.pointer, epsilon: epsilon)
    }
}
