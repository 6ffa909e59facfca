import CVectorKernels

/// A query in the forms that the kernels want, in memory of its own.
struct PreparedQuery: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private(set) var query: vs_query

    /// Normalises `vector`.
    init(
        _ vector: UnsafeBufferPointer<Float>,
        for rows: borrowing VectorRows,
        with kernels: vs_kernels
    ) throws(VectorError) {
        let memory = Self.memory(for: rows)
        let unit = memory.assumingMemoryBound(to: Float.self)
        do {
            try kernels.writeUnit(vector, into: unit, dimension: rows.dimension, stride: rows.floatStride)
        } catch {
            memory.deallocate()
            throw error
        }
        query = Self.prepare(unit, in: memory, for: rows, with: kernels)
        self.memory = memory
    }

    /// Takes a copy of `vector`, which has the dimension of the rows.
    init(_ vector: UnitVector, for rows: borrowing VectorRows, with kernels: vs_kernels) {
        memory = Self.memory(for: rows)
        let unit = memory.initializeMemory(as: Float.self, from: vector.numbers, count: vector.numbers.count)
        query = Self.prepare(unit, in: memory, for: rows, with: kernels)
    }

    /// Takes a stored row as the query; the row must outlive it.
    init(row slot: Int, of rows: borrowing VectorRows, with kernels: vs_kernels) {
        memory = Self.memory(for: rows)
        query = Self.prepare(rows.floats(of: slot), in: memory, for: rows, with: kernels)
    }

    deinit {
        memory.deallocate()
    }

    /// | floats | wide | high | low |, each padded to whole cache lines.
    private static func memory(for rows: borrowing VectorRows) -> UnsafeMutableRawPointer {
        .allocate(byteCount: floatBytes(rows) + 4 * rows.codeStride, alignment: 64)
    }

    private static func floatBytes(_ rows: borrowing VectorRows) -> Int {
        4 * rows.codeStride
    }

    private static func prepare(
        _ unit: UnsafePointer<Float>,
        in memory: UnsafeMutableRawPointer,
        for rows: borrowing VectorRows,
        with kernels: vs_kernels
    ) -> vs_query {
        let wide = (memory + floatBytes(rows)).assumingMemoryBound(to: Int16.self)
        let high = UnsafeMutableRawPointer(wide + rows.codeStride).assumingMemoryBound(to: Int8.self)
        return withUnsafeTemporaryAllocation(of: vs_query.self, capacity: 1) { result in
            let query = result.baseAddress.unsafelyUnwrapped
            kernels.prepare(
                unit,
                UInt32(rows.dimension),
                UInt32(rows.floatStride),
                UInt32(rows.codeStride),
                wide,
                high,
                high + rows.codeStride,
                query
            )
            return query.pointee
        }
    }
}

extension vs_kernels {
    /// Writes the unit vector of `stride` numbers, or says why there is none.
    func writeUnit(
        _ vector: UnsafeBufferPointer<Float>,
        into unit: UnsafeMutablePointer<Float>,
        dimension: Int,
        stride: Int
    ) throws(VectorError) {
        guard vector.count == dimension, let base = vector.baseAddress else {
            throw .wrongDimension(expected: dimension, got: vector.count)
        }
        switch normalize(base, UInt32(dimension), unit, UInt32(stride)) {
        case VS_UNIT_ZERO: throw .zero
        case VS_UNIT_NOT_FINITE: throw .notFinite
        default: break
        }
    }
}
