import CVectorKernels

/// A direction: numbers that were checked and scaled to length 1, as a query that waits for its search.
package struct UnitVector: Sendable, Hashable {
    package let dimension: Int
    /// Padded with zeros as rows are.
    let numbers: [Float]

    /// - Throws: ``VectorError`` when the vector has no direction.
    package init(_ vector: [Float]) throws(VectorError) {
        self = try vector.withUnsafeBufferPointer { (vector) throws(VectorError) in try UnitVector(vector) }
    }

    /// The same for numbers that already lie in memory.
    package init(_ vector: UnsafeBufferPointer<Float>) throws(VectorError) {
        let stride = VectorRows.floatStride(vector.count)
        dimension = vector.count
        var numbers = [Float](repeating: 0, count: stride)
        try numbers.withUnsafeMutableBufferPointer { (numbers) throws(VectorError) in
            guard let base = numbers.baseAddress else { throw .zero }
            let kernels = InstructionSet.kernels(nil)
            try kernels.writeUnit(vector, into: base, dimension: vector.count, stride: stride)
        }
        self.numbers = numbers
    }
}
