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
        guard let weights = Weights(try file.floats(prefix + name, shape: shape), in: file) else {
            throw .missingTensor(name)
        }
        return weights
    }

    func norm(_ name: String, shape: EncoderShape) throws(SafetensorsError) -> Norm {
        Norm(
            gain: try weights("\(name).weight", shape.width),
            bias: try weights("\(name).bias", shape.width),
            epsilon: shape.normEpsilon
        )
    }

    /// One layer, or several of one input whose panels take turns in one.
    func dense(_ names: [String], _ outputs: Int, _ inputs: Int, gelu: Bool = false) throws(SafetensorsError)
        -> DenseLayer
    {
        let parts = try names.map { (name) throws(SafetensorsError) in
            (
                weights: try file.floats("\(prefix)\(name).weight", shape: [outputs, inputs]),
                bias: try file.floats("\(prefix)\(name).bias", shape: [outputs])
            )
        }
        defer { for part in parts { file.release(part.weights) } }
        return DenseLayer(parts, inputs: inputs, gelu: gelu)
    }
}

/// Floats in a mapped file, which they keep mapped.
///
/// Unchecked because the mapping is read-only.
struct Weights: @unchecked Sendable {
    let pointer: UnsafePointer<Float>
    private let file: SafetensorsFile

    /// `nil` when there are none.
    init?(_ floats: UnsafeBufferPointer<Float>, in file: SafetensorsFile) {
        guard let pointer = floats.baseAddress else { return nil }
        self.pointer = pointer
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
