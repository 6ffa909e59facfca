import TestSupport
import Testing
import VectorSearch

@Suite struct KernelTests {
    @Test(arguments: InstructionSet.available)
    func `every instruction set gives the portable answers bit for bit`(instructions: InstructionSet) throws {
        for dimension in [1, 5, 64, 100, 384, 1100] {
            let portable = try hits(.portable, dimension: dimension)
            #expect(try hits(instructions, dimension: dimension) == portable)
        }
    }

    @Test func `the portable kernels are always there`() {
        #expect(InstructionSet.available.first == .portable)
    }

    /// Graph and scan, filtered and not.
    private func hits(_ instructions: InstructionSet, dimension: Int) throws -> [[VectorHit]] {
        var configuration = VectorSearchConfiguration()
        configuration.instructions = instructions
        configuration.exactBelow = 0
        configuration.rowsPerBeamStep = 0
        configuration.linkingWidth = 40
        var random = SeededGenerator(seed: UInt64(dimension))
        var index = VectorIndex(dimension: dimension, configuration: configuration)
        for slot in 0..<250 { try index.set(slot, random.vector(dimension)) }
        while index.linkNext() > 0 {}
        for slot in 250..<300 { try index.set(slot, random.vector(dimension)) }
        return try (0..<10).map { round in
            let filter = round % 2 == 0 ? random.filter(300, share: 0.5) : nil
            return try index.search(random.vector(dimension), k: 10, filter: filter, width: 20)
        }
    }
}
