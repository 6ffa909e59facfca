internal import CTransformerKernels

/// all-MiniLM-L6-v2: word pieces become a vector of 384 numbers of length one.
///
/// Sequences of a batch are packed back to back, so a batch has as many rows as it has tokens, and no padding is
/// computed. What is computed in which order is ``EncoderProgram``'s, by whom ``EncoderRun``'s.
///
/// The dense layers own packed copies of their weights (42 MB), and the file's pages that they came from are given
/// back. Embeddings of words (47 MB) stay in the mapped file: only rows that occur in texts become resident.
package final class SentenceEncoder: Sendable {
    package let shape: EncoderShape
    let layers: [EncoderLayer]

    private let file: SafetensorsFile
    private let words: Weights
    private let positions: Weights
    private let segment: Weights
    private let norm: Norm
    private let kernels: transformer_kernels

    /// Without `instructions` the fastest that this processor has are used.
    package init(
        file: SafetensorsFile,
        vocabularyCount: Int,
        shape: EncoderShape = .miniLM,
        instructions: EncoderInstructions? = nil
    ) throws {
        let reader = WeightReader(file: file)
        let kernels = EncoderInstructions.kernels(instructions)
        self.file = file
        self.shape = shape
        self.kernels = kernels
        words = try reader.weights("embeddings.word_embeddings.weight", vocabularyCount, shape.width)
        positions = try reader.weights("embeddings.position_embeddings.weight", shape.positions, shape.width)
        segment = try reader.weights("embeddings.token_type_embeddings.weight", 2, shape.width)
        norm = try reader.norm("embeddings.LayerNorm", shape: shape)
        layers = try (0..<shape.layers).map {
            try EncoderLayer(number: $0, of: shape, from: reader, kernels: kernels)
        }
    }

    /// The first layer's input.
    func embed(_ sequences: [[Int32]], into rows: UnsafeMutablePointer<Float>) {
        var row = rows
        for ids in sequences {
            kernels.embed(
                ids,
                ids.count,
                words.pointer,
                positions.pointer,
                segment.pointer,
                norm.parameters,
                shape.width,
                row
            )
            row += ids.count * shape.width
        }
    }

    /// The vectors of sequences with these lengths from the last layer's output, one after the other.
    func pool(_ lengths: [Int], from rows: UnsafePointer<Float>) -> [Float] {
        let count = lengths.count * shape.width
        return Array(unsafeUninitializedCapacity: count) { vectors, initialized in
            guard var vector = vectors.baseAddress else { return }
            var row = rows
            for length in lengths {
                kernels.mean_pool(row, length, shape.width, vector)
                vector += shape.width
                row += length * shape.width
            }
            initialized = count
        }
    }
}
