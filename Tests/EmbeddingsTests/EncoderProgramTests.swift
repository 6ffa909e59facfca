import Testing

@testable import Embeddings

@Suite struct EncoderProgramTests {
    private let shape = EncoderShape(
        layers: 2,
        width: 64,
        hidden: 256,
        heads: 2,
        positions: 512,
        window: 256,
        normEpsilon: 1e-12
    )

    @Test func `a short batch is one tile`() {
        let rows = 0..<20
        let layer: [EncoderProgram.Operation] = [
            .heads, .attentionOutput(rows: rows), .widening(rows: rows), .narrowing(rows: rows),
        ]
        let program = EncoderProgram(rows: 20, shape: shape)
        #expect(program.steps.map(\.operation) == layer + layer)
        #expect(program.steps.map(\.layer) == [0, 0, 0, 0, 1, 1, 1, 1])
    }

    @Test(arguments: [1, 95, 96, 97, 256, 511, 512])
    func `tiles cover all rows once, in order, and none is too long`(rows: Int) {
        let tiles = EncoderProgram(rows: rows, shape: shape).steps.compactMap { step -> Range<Int>? in
            guard step.layer == 1, case .widening(let rows) = step.operation else { return nil }
            return rows
        }
        #expect(tiles.flatMap { Array($0) } == Array(0..<rows))
        #expect(tiles.allSatisfy { $0.count <= EncoderProgram.tileRows })
    }

    @Test(arguments: [1, 2, 12, 48])
    func `parts cover all panels once`(panels: Int) {
        let program = EncoderProgram(rows: 1, shape: .miniLM)
        #expect((0..<program.parts).flatMap { Array(program.panels($0, of: panels)) } == Array(0..<panels))
    }

    @Test func `after a step's last part come the first of the next, and after all the first of all`() {
        let program = EncoderProgram(rows: 20, shape: .miniLM)
        #expect(program.part(2, after: 9, of: 0) == (11, 0))
        #expect(program.part(2, after: 11, of: 0) == (1, 1))
        #expect(program.part(30, after: 0, of: 0) == (6, 2))
        #expect(program.part(1, after: 11, of: program.steps.count - 1) == (0, 0))
    }
}
