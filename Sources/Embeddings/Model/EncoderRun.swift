internal import CTransformerKernels

/// The computation of one batch: the worker whose batch it is leads it, and any other may help.
final class EncoderRun: Sendable {
    private let encoder: SentenceEncoder
    private let sequences: [[Int32]]
    private let lengths: [Int]
    private let program: EncoderProgram
    private let dispenser: PartDispenser

    /// The leader's.
    private let shared: EncoderWorkspace

    /// Needs 1 ≤ count ≤ `positions` for each sequence, ids inside the vocabulary, and a workspace with enough rows:
    /// the embedder makes them so.
    init(_ sequences: [[Int32]], encoder: SentenceEncoder, in workspace: EncoderWorkspace) {
        self.encoder = encoder
        self.sequences = sequences
        lengths = sequences.map(\.count)
        program = EncoderProgram(rows: lengths.reduce(0, +), shape: encoder.shape)
        dispenser = PartDispenser(steps: program.steps.count, parts: program.parts)
        shared = workspace
        encoder.embed(sequences, into: workspace.rows)
    }

    /// The sequences' vectors, one after the other; once only.
    func lead() -> [Float] {
        dispenser.lead {
            compute($0, of: $1, with: shared)
        } conclude: {
            conclude($0)
        }
        return encoder.pool(lengths, from: shared.rows)
    }

    /// Takes part, with a workspace of its own, as long as there is something to do.
    func help(with workspace: EncoderWorkspace) {
        dispenser.help { compute($0, of: $1, with: workspace) }
    }

    private func compute(_ part: Int, of number: Int, with own: EncoderWorkspace) {
        let step = program.steps[number]
        let layer = encoder.layers[step.layer]
        let share = { (dense: DenseLayer) in self.program.panels(part, of: dense.panels) }
        switch step.operation {
        case .heads: layer.attend(head: part, to: lengths, in: shared, with: own)
        case .attentionOutput(let rows):
            let dense = layer.attentionOutput
            let input = shared.attended + rows.lowerBound * encoder.shape.width
            layer.apply(dense, share(dense), to: input, rows: rows.count, into: shared.result)
        case .widening(let rows):
            let dense = layer.widening
            let input = shared.rows + rows.lowerBound * encoder.shape.width
            layer.apply(dense, share(dense), to: input, rows: rows.count, into: shared.hidden)
        case .narrowing(let rows):
            let dense = layer.narrowing
            layer.apply(dense, share(dense), to: shared.hidden, rows: rows.count, into: shared.result)
        }
    }

    private func conclude(_ number: Int) {
        let step = program.steps[number]
        let layer = encoder.layers[step.layer]
        switch step.operation {
        case .heads, .widening: break
        case .attentionOutput(let rows): layer.add(shared.result, to: shared.rows, rows, norm: layer.attentionNorm)
        case .narrowing(let rows): layer.add(shared.result, to: shared.rows, rows, norm: layer.outputNorm)
        }
    }
}
