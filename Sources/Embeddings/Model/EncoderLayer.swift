internal import CTransformerKernels

/// One layer of a BERT encoder: attention and a feed-forward network, each added to its input and normed.
struct EncoderLayer: Sendable {
    private let shape: EncoderShape

    /// Queries, keys and values in one product.
    private let projection: DenseLayer
    private let attentionOutput: DenseLayer
    private let attentionNorm: Norm
    private let widening: DenseLayer
    private let narrowing: DenseLayer
    private let outputNorm: Norm

    init(number: Int, of shape: EncoderShape, from reader: WeightReader, using context: DenseContext) throws {
        let name = "encoder.layer.\(number)"
        let (width, hidden) = (shape.width, shape.hidden)
        self.shape = shape
        projection = try reader.stacked(
            ["query", "key", "value"].map { "\(name).attention.self.\($0)" },
            width,
            using: context
        )
        attentionOutput = try reader.dense("\(name).attention.output.dense", width, width, using: context)
        attentionNorm = try reader.norm("\(name).attention.output.LayerNorm", shape: shape)
        widening = try reader.dense("\(name).intermediate.dense", hidden, width, gelu: true, using: context)
        narrowing = try reader.dense("\(name).output.dense", width, hidden, using: context)
        outputNorm = try reader.norm("\(name).output.LayerNorm", shape: shape)
    }

    /// Replaces the rows of sequences with these lengths.
    func apply(to lengths: [Int], in workspace: EncoderWorkspace) throws(EmbeddingError) {
        let count = lengths.reduce(0, +)
        try workspace.forEachTile(of: count) { (tile) throws(EmbeddingError) in
            try projection.apply(
                to: workspace.rows + tile.first * shape.width,
                into: workspace.projections + tile.first * 3 * shape.width,
                rows: tile.padded,
                using: workspace.context
            )
        }
        attend(lengths, in: workspace)
        try workspace.forEachTile(of: count) { (tile) throws(EmbeddingError) in
            try finish(tile, in: workspace)
        }
    }

    private func attend(_ lengths: [Int], in workspace: EncoderWorkspace) {
        var row = 0
        for length in lengths {
            transformer_attention(
                workspace.projections + row * 3 * shape.width,
                length,
                shape.heads,
                workspace.attentionScratch,
                workspace.attended + row * shape.width
            )
            row += length
        }
    }

    private func finish(_ tile: EncoderWorkspace.Tile, in workspace: EncoderWorkspace) throws(EmbeddingError) {
        let rows = workspace.rows + tile.first * shape.width
        let attended = workspace.attended + tile.first * shape.width
        let (hidden, result, context) = (workspace.hidden, workspace.result, workspace.context)
        try attentionOutput.apply(to: attended, into: result, rows: tile.padded, using: context)
        transformer_add_norm(result, rows, attentionNorm.parameters, tile.count, shape.width, rows)
        try widening.apply(to: rows, into: hidden, rows: tile.padded, using: context)
        try narrowing.apply(to: hidden, into: result, rows: tile.padded, using: context)
        transformer_add_norm(result, rows, outputNorm.parameters, tile.count, shape.width, rows)
    }
}
