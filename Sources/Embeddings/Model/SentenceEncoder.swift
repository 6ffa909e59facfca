internal import CTransformerKernels

/// all-MiniLM-L6-v2: word pieces become a vector of 384 numbers of length one.
///
/// Sequences of a batch are packed back to back, so a batch has as many rows as it has tokens, and no padding is
/// computed. Everything but attention works on rows and doesn't know where a sequence begins. It is done in tiles
/// of rows that stay in the second-level cache between one operation and the next.
///
/// The dense layers own packed copies of their weights (42 MB), and the file's pages that they came from are given
/// back. Embeddings of words (47 MB) stay in the mapped file: only rows that occur in texts become resident.
package final class SentenceEncoder: Sendable {
    package let shape: EncoderShape

    private let file: SafetensorsFile
    private let words: Weights
    private let positions: Weights
    private let segment: Weights
    private let norm: Norm
    private let layers: [EncoderLayer]

    package init(file: SafetensorsFile, vocabularyCount: Int, shape: EncoderShape = .miniLM) throws {
        let reader = WeightReader(file: file)
        self.file = file
        self.shape = shape
        words = try reader.weights("embeddings.word_embeddings.weight", vocabularyCount, shape.width)
        positions = try reader.weights("embeddings.position_embeddings.weight", shape.positions, shape.width)
        segment = try reader.weights("embeddings.token_type_embeddings.weight", 2, shape.width)
        norm = try reader.norm("embeddings.LayerNorm", shape: shape)
        let context = try DenseContext()
        layers = try (0..<shape.layers).map { try EncoderLayer(number: $0, of: shape, from: reader, using: context) }
    }

    /// Embeds sequences that include their special tokens, and hands each vector over, in order.
    ///
    /// Needs 1 ≤ count ≤ `positions` for each sequence, ids inside the vocabulary, and a workspace with enough
    /// rows: the embedder makes them so.
    func encode(
        _ sequences: [[Int32]],
        in workspace: EncoderWorkspace,
        _ receive: (Int, UnsafeBufferPointer<Float>) -> Void
    ) throws(EmbeddingError) {
        let lengths = sequences.map(\.count)
        embed(sequences, into: workspace.rows)
        for layer in layers { try layer.apply(to: lengths, in: workspace) }
        pool(lengths, from: workspace, receive)
    }

    private func embed(_ sequences: [[Int32]], into rows: UnsafeMutablePointer<Float>) {
        var row = rows
        for ids in sequences {
            transformer_embed(
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

    private func pool(
        _ lengths: [Int],
        from workspace: EncoderWorkspace,
        _ receive: (Int, UnsafeBufferPointer<Float>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.width) { vector in
            var row = workspace.rows
            for (index, length) in lengths.enumerated() {
                transformer_mean_pool(row, length, shape.width, vector.baseAddress)
                receive(index, UnsafeBufferPointer(vector))
                row += length * shape.width
            }
        }
    }
}
