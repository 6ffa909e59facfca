internal import CTransformerKernels

/// The computation of one batch: the worker whose batch it is leads it, and any other may help.
final class EncoderRun: Sendable {
    private let encoder: SentenceEncoder
    private let sequences: [[Int32]]
    private let lengths: [Int]
    private let program: EncoderProgram
    private let dispenser: PartDispenser

    /// How many compute this batch if all that may help do.
    private let threads: Int

    /// The leader's.
    private let shared: EncoderWorkspace

    /// Needs 1 ≤ count ≤ `positions` for each sequence, ids inside the vocabulary, and a workspace with enough
    /// rows: the embedder makes them so.
    init(_ sequences: [[Int32]], encoder: SentenceEncoder, threads: Int, in workspace: EncoderWorkspace) {
        self.encoder = encoder
        self.threads = threads
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
        let next = following(part, of: number)
        let apply = { (rows: Range<Int>, input: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>) in
            let dense = layer.weights(of: step.operation)
            let panels = self.program.panels(part, of: dense.panels)
            layer.apply(dense, panels, following: next, to: input, rows: rows.count, into: output)
        }
        let width = encoder.shape.width
        switch step.operation {
        case .heads: layer.attend(head: part, to: lengths, following: next, in: shared, with: own)
        case .attentionOutput(let rows): apply(rows, shared.attended + rows.lowerBound * width, shared.result)
        case .widening(let rows): apply(rows, shared.rows + rows.lowerBound * width, shared.hidden)
        case .narrowing(let rows): apply(rows, shared.hidden, shared.result)
        }
    }

    /// The weights that a thread probably needs after those of a part: parts are taken in order, so the others will
    /// have taken those in between.
    private func following(_ part: Int, of number: Int) -> UnsafePointer<Float> {
        let next = program.part(threads, after: part, of: number)
        let step = program.steps[next.step]
        let dense = encoder.layers[step.layer].weights(of: step.operation)
        return dense.weights(ofPanel: program.panels(next.part, of: dense.panels).lowerBound)
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
