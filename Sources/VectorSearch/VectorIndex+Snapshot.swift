import CVectorKernels

/// An index as bytes and back; ``SnapshotHeader`` has the layout.
extension VectorIndex {
    /// Hands the snapshot out in pieces, in order.
    ///
    /// The memory is lent for the length of the call and not copied.
    package func writeSnapshot(_ write: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        var checksum = SnapshotChecksum()
        forEachSection { checksum.add($0) }
        let header = SnapshotHeader(
            dimension: UInt32(dimension),
            slots: UInt32(rows.slots),
            graphSlots: UInt32(graph.slots),
            neighbours: UInt32(graph.neighbours),
            entry: graph.entry,
            upperCount: UInt32(graph.upperCount),
            retired: UInt32(retired),
            checksum: checksum.value
        )
        try header.bytes.withUnsafeBytes(write)
        try forEachSection(write)
    }

    /// Reads a snapshot by copying it, so that `bytes` may be a mapped file.
    ///
    /// Throws ``VectorError/badSnapshot(_:)`` for anything but bytes that ``writeSnapshot(_:)`` has written for this
    /// dimension. A graph of another number of neighbours than the configuration's is left out: its rows are pending.
    package init(
        snapshot bytes: UnsafeRawBufferPointer,
        dimension: Int,
        configuration: VectorSearchConfiguration = VectorSearchConfiguration()
    ) throws(VectorError) {
        self.init(dimension: dimension, configuration: configuration)
        try load(bytes)
        if graph.neighbours != configuration.neighbours { forgetGraph() }
    }

    private mutating func load(_ bytes: UnsafeRawBufferPointer) throws(VectorError) {
        let header = try SnapshotHeader(bytes)
        guard header.dimension == dimension else {
            throw .badSnapshot("its vectors have \(header.dimension) numbers instead of \(dimension)")
        }
        guard header.slots <= configuration.slotLimit else {
            throw .badSnapshot("it has \(header.slots) slots, the limit is \(configuration.slotLimit)")
        }
        var reader = SnapshotReader(bytes)
        readRows(header, from: &reader)
        graph = HNSWGraph(header, from: &reader)
        retired = Int(header.retired)
        guard reader.checksum == header.checksum else { throw .badSnapshot("its checksum is wrong: it is damaged") }
        try graph.check()
        try checkRows()
    }

    private mutating func readRows(_ header: SnapshotHeader, from reader: inout SnapshotReader) {
        let slots = Int(header.slots)
        rows.extend(to: slots)
        reader.copy(into: rows.floats.bytes(before: slots * rows.floatStride))
        live = reader.bitset(slots: slots)
        pending = reader.bitset(slots: slots)
        count = live.count
        pendingCount = pending.count
    }

    /// Computes what a snapshot leaves out, and checks that rows and graph fit together.
    private mutating func checkRows() throws(VectorError) {
        guard live.isSubset(of: Bitset(all: 0..<rows.slots)), pending.isSubset(of: live),
            live.subtracting(pending).isSubset(of: graph.nodes)
        else { throw .badSnapshot("its sets of rows contradict each other") }
        for slot in live.union(graph.nodes) {
            guard rows.isUnit(slot, with: kernels) else { throw .badSnapshot("row \(slot) is no unit vector") }
            rows.encode(slot, with: kernels)
        }
    }

    private func forEachSection(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try body(UnsafeRawBufferPointer(rows.floats.bytes(before: rows.slots * rows.floatStride)))
        for var set in [live, pending] {
            set.reserve(rows.slots)
            try set.words.prefix((rows.slots + 63) / 64).withUnsafeBytes(body)
        }
        try graph.forEachSection(body)
    }
}
