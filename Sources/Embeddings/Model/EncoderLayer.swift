internal import CTransformerKernels

/// One layer of a BERT encoder: attention and a feed-forward network, each added to its input and normed.
struct EncoderLayer: Sendable {
    /// Columns of one head's query, key and value.
    static let headColumns = 3 * Int(transformer_head_width)

    /// Queries, keys and values, head by head.
    let projection: DenseLayer
    let attentionOutput: DenseLayer
    let attentionNorm: Norm
    let widening: DenseLayer
    let narrowing: DenseLayer
    let outputNorm: Norm

    private let kernels: transformer_kernels
    private let width: Int

    init(number: Int, of shape: EncoderShape, from reader: WeightReader, kernels: transformer_kernels) throws {
        let name = "encoder.layer.\(number)"
        let (width, hidden) = (shape.width, shape.hidden)
        self.width = width
        self.kernels = kernels
        projection = try reader.dense(["query", "key", "value"].map { "\(name).attention.self.\($0)" }, width, width)
        attentionOutput = try reader.dense(["\(name).attention.output.dense"], width, width)
        attentionNorm = try reader.norm("\(name).attention.output.LayerNorm", shape: shape)
        widening = try reader.dense(["\(name).intermediate.dense"], hidden, width, gelu: true)
        narrowing = try reader.dense(["\(name).output.dense"], width, hidden)
        outputNorm = try reader.norm("\(name).output.LayerNorm", shape: shape)
    }

    /// The weights that an operation multiplies by.
    func weights(of operation: EncoderProgram.Operation) -> DenseLayer {
        switch operation {
        case .heads: projection
        case .attentionOutput: attentionOutput
        case .widening: widening
        case .narrowing: narrowing
        }
    }

    /// What one head sees in sequences of these lengths, from the rows of `shared` into its attended columns.
    ///
    /// The weights from `following` on are fetched meanwhile, here and in ``apply(_:_:following:to:rows:into:)``.
    func attend(
        head: Int,
        to lengths: [Int],
        following: UnsafePointer<Float>,
        in shared: EncoderWorkspace,
        with own: EncoderWorkspace
    ) {
        let columns = Self.headColumns
        let rows = lengths.reduce(0, +)
        kernels.dense(projection.parameters, 3 * head, 3, following, shared.rows, rows, own.projections, columns)
        var projections = own.projections
        var attended = shared.attended + head * Int(transformer_head_width)
        for length in lengths {
            kernels.attention(projections, length, own.attention, attended, width)
            projections += length * columns
            attended += length * width
        }
    }

    /// Some panels of a layer, for `rows` rows of `input`, into their columns of `output`.
    func apply(
        _ layer: DenseLayer,
        _ panels: Range<Int>,
        following: UnsafePointer<Float>,
        to input: UnsafePointer<Float>,
        rows: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        let panel = Int(transformer_panel)
        kernels.dense(
            layer.parameters,
            panels.lowerBound,
            panels.count,
            following,
            input,
            rows,
            output + panels.lowerBound * panel,
            layer.panels * panel
        )
    }

    /// Adds `input` to rows, and norms them.
    func add(
        _ input: UnsafePointer<Float>,
        to matrix: UnsafeMutablePointer<Float>,
        _ rows: Range<Int>,
        norm: Norm
    ) {
        let place = matrix + rows.lowerBound * width
        kernels.add_norm(input, place, norm.parameters, rows.count, width, place)
    }
}
