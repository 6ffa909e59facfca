extension HNSWGraph {
    /// The sections of a snapshot that are the graph's, in their order.
    func forEachSection(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        var nodes = nodes
        nodes.reserve(slots)
        try nodes.words.prefix((slots + 63) / 64).withUnsafeBytes(body)
        try body(UnsafeRawBufferPointer(base.bytes(before: slots * 2 * neighbours)))
        try body(UnsafeRawBufferPointer(upperOffsets.bytes(before: slots)))
        try body(UnsafeRawBufferPointer(upper.bytes(before: upperCount)))
    }

    /// Reads the sections; ``check()`` must follow before anything else is done with the graph.
    init(_ header: SnapshotHeader, from reader: inout SnapshotReader) {
        self.init(neighbours: Int(header.neighbours))
        slots = Int(header.graphSlots)
        upperCount = Int(header.upperCount)
        entry = header.entry
        nodes = reader.bitset(slots: slots)
        nodeCount = nodes.count
        base.resize(slots * 2 * neighbours)
        upperOffsets.resize(slots)
        upper.resize(upperCount)
        reader.copy(into: base.bytes(before: slots * 2 * neighbours))
        reader.copy(into: upperOffsets.bytes(before: slots))
        reader.copy(into: upper.bytes(before: upperCount))
    }

    /// Proves that no walk through the lists can leave the arrays: the kernels do not look.
    func check() throws(VectorError) {
        guard nodes.isSubset(of: Bitset(all: 0..<slots)) else { throw .badSnapshot("it has nodes beyond its graph") }
        guard isEmpty ? nodes.isEmpty : nodes.contains(Int(entry)) else {
            throw .badSnapshot("the entry of its graph is no node")
        }
        for slot in nodes {
            let top = level(of: slot)
            guard Int(upperOffsets.base[slot]) + top * neighbours <= upperCount else {
                throw .badSnapshot("a node's lists lie outside of it")
            }
            for level in 0...top {
                guard leadsToNodes(slot, level) else { throw .badSnapshot("a node has a neighbour that is none") }
            }
        }
    }

    private func leadsToNodes(_ slot: Int, _ level: Int) -> Bool {
        list(of: slot, level: level).allSatisfy { link in
            link == Self.none || nodes.contains(Int(link)) && (level == 0 || self.level(of: Int(link)) >= level)
        }
    }
}
