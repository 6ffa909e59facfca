/// What is computed for one batch, step by step.
///
/// Each step is divided into as many parts as the model has heads. The parts of a step are independent, may be computed
/// by different threads, and write to different columns; a step needs all parts of the one before.
///
///     heads            part: queries, keys and values of one head, and what its attention mixes     all rows
///     attentionOutput  part: a share of the columns; at the end the result is added and normed      a tile
///     widening         part: a share of the columns                                                 a tile
///     narrowing        part: a share of the columns; at the end the result is added and normed      a tile
///
/// Everything but attention works on rows and doesn't know where a sequence begins. It is done in tiles of rows that
/// stay in the second-level cache from one step to the next.
struct EncoderProgram: Sendable, Equatable {
    enum Operation: Sendable, Equatable {
        case heads
        case attentionOutput(rows: Range<Int>)
        case widening(rows: Range<Int>)
        case narrowing(rows: Range<Int>)
    }

    struct Step: Sendable, Equatable {
        var layer: Int
        var operation: Operation
    }

    let steps: [Step]
    let parts: Int

    /// The most rows in a tile.
    ///
    /// Eight times the rows that the fastest kernel takes together; their part of the hidden layer, 96 · 1536
    /// floats, leaves room for weights in a second-level cache of 1 MB.
    static let tileRows = 96

    init(rows: Int, shape: EncoderShape) {
        let tiles = (rows + Self.tileRows - 1) / Self.tileRows
        parts = shape.heads
        steps = (0..<shape.layers).flatMap { layer in
            let finish = (0..<tiles).flatMap { tile -> [Operation] in
                let rows = rows * tile / tiles..<rows * (tile + 1) / tiles
                return [.attentionOutput(rows: rows), .widening(rows: rows), .narrowing(rows: rows)]
            }
            return ([.heads] + finish).map { Step(layer: layer, operation: $0) }
        }
    }

    /// The part that comes `distance` parts after another, and its step; after the last step the first comes again.
    func part(_ distance: Int, after part: Int, of step: Int) -> (part: Int, step: Int) {
        let (steps, part) = (part + distance).quotientAndRemainder(dividingBy: parts)
        return (part, (step + steps) % self.steps.count)
    }

    /// The share of `panels` that is one part's.
    func panels(_ part: Int, of panels: Int) -> Range<Int> {
        panels * part / parts..<panels * (part + 1) / parts
    }
}
