import CVectorKernels

/// Finds the rows most similar to a query: exactly, or through a graph, and always including what was written last.
///
/// Rows are addressed by *slot*, a number that the owner gives out: densely from 0, since memory is taken up to the
/// highest slot in use.
///
/// # Why it never waits and never misses a row
///
/// Writing a row makes it searchable at once. Linking it into the graph is separate work that the owner does when it
/// likes; until then the row is *pending*, and a search is
///
///     graph over the linked rows  ∪  exact scan over the pending rows.
///
/// The exact scan reads one byte for each number and proves by an error bound which rows need the full product (bound.h
/// in CVectorKernels). It is quick enough that small indexes have no graph at all, that a search falls back to it
/// whenever the graph can't deliver k hits (a narrow filter, many outdated nodes), and that a rebuild may simply forget
/// the graph.
///
/// A row that is removed or replaced stays in the graph as a signpost: searches walk over it and don't return it. A
/// replaced row is pending until it is linked anew. When ``needsRebuild`` says that there are too many signposts,
/// ``forgetGraph()`` makes all rows pending.
///
/// # Threads
///
/// The value owns its memory and can't be copied. Methods that don't mutate never write shared memory, so any number
/// of threads may search and plan at the same time while none mutates: a read-write lock around it is what an owner
/// needs. Mutating methods are short: the costly part of linking, ``planLink(_:)``, doesn't mutate.
///
/// `@unchecked Sendable`: the pointers are reachable only through this one value.
package struct VectorIndex: ~Copyable, @unchecked Sendable {
    package let configuration: VectorSearchConfiguration
    let kernels: vs_kernels
    var rows: VectorRows
    /// Where a vector is scaled: not in its row, since a vector that is refused must leave the slot as it was.
    private var unit: AlignedBuffer<Float>
    var graph: HNSWGraph
    /// The slots that have a vector.
    package internal(set) var live = Bitset()
    /// Those among them that the graph does not lead to, or not yet with their present vector.
    var pending = Bitset()
    /// The number of slots that have a vector.
    package internal(set) var count = 0
    package internal(set) var pendingCount = 0
    /// Nodes whose row was removed or replaced since the graph was begun.
    var retired = 0
    /// Counts the graphs, so that a plan can tell that its graph is gone.
    var generation = 0

    /// An empty index for vectors of `dimension` numbers, at most 8,192.
    package init(dimension: Int, configuration: VectorSearchConfiguration = VectorSearchConfiguration()) {
        precondition((1...8192).contains(dimension), "the model's dimension, known when the program is composed")
        precondition((2...32).contains(configuration.neighbours), "the kernels work on lists of at most 64")
        precondition(configuration.linkingWidth > 0 && configuration.slotLimit <= 1 << 31, "as documented")
        self.configuration = configuration
        kernels = InstructionSet.kernels(configuration.instructions)
        rows = VectorRows(dimension: dimension)
        unit = AlignedBuffer(count: rows.floatStride)
        graph = HNSWGraph(neighbours: configuration.neighbours)
    }

    package var dimension: Int { rows.dimension }

    /// Rows that the graph leads to.
    package var linkedCount: Int { count - pendingCount }

    package func contains(_ slot: Int) -> Bool { live.contains(slot) }

    /// The unit vector of a slot, as it was stored; `nil` if it has none.
    package func vector(_ slot: Int) -> [Float]? {
        guard live.contains(slot) else { return nil }
        return Array(UnsafeBufferPointer(start: rows.floats(of: slot), count: dimension))
    }

    /// Bytes of memory that the index holds.
    package var memoryUse: Int {
        rows.memoryUse + graph.memoryUse
    }

    /// Bytes that it will hold when ``reserve(_:)`` has made room for slots below `slots`.
    package func memoryUse(slots: Int) -> Int {
        rows.memoryUse(slots: slots) + graph.memoryUse
    }

    /// Gives a slot its vector, or another one; it can be found from now on.
    ///
    /// Throws for a vector without a direction and leaves the slot as it was.
    package mutating func set(_ slot: Int, _ vector: [Float]) throws(VectorError) {
        try vector.withUnsafeBufferPointer { (vector) throws(VectorError) in try set(slot, vector) }
    }

    /// The same for numbers that already lie in memory.
    package mutating func set(_ slot: Int, _ vector: UnsafeBufferPointer<Float>) throws(VectorError) {
        guard slot >= 0, slot < configuration.slotLimit else {
            throw .slotOutOfRange(slot: slot, limit: configuration.slotLimit)
        }
        try kernels.writeUnit(vector, into: unit.base, dimension: dimension, stride: rows.floatStride)
        retire(slot)
        rows.write(unit.base, to: slot, with: kernels)
        if live.insert(slot) { count += 1 }
        if pending.insert(slot) { pendingCount += 1 }
    }

    /// Whether the slot had a vector.
    @discardableResult
    package mutating func remove(_ slot: Int) -> Bool {
        guard slot >= 0, live.contains(slot) else { return false }
        retire(slot)
        live.remove(slot)
        count -= 1
        if pending.remove(slot) { pendingCount -= 1 }
        return true
    }

    /// Makes room for slots below `slots`, so that filling them moves nothing.
    package mutating func reserve(_ slots: Int) {
        rows.reserve(min(slots, configuration.slotLimit))
    }

    /// Counts a linked row that is about to go.
    private mutating func retire(_ slot: Int) {
        if live.contains(slot), !pending.contains(slot) { retired += 1 }
    }
}
