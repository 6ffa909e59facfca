import CVectorKernels

/// A hierarchical navigable small world (Malkov & Yashunin, arXiv 1603.09320): who is whose neighbour on which level.
///
/// A slot's level follows from its number alone, so a graph built twice from the same rows is the same graph, and a
/// slot that is linked again keeps its place in memory. Lists are flat arrays, filled up with ``none``:
///
/// | array | per slot | holds |
/// | --- | --- | --- |
/// | base | 2 × `neighbours` × 4 bytes | the list of level 0 |
/// | upperOffsets | 4 bytes | where in `upper` the lists of the levels above 0 begin |
/// | upper | level × `neighbours` × 4 bytes | these lists, level 1 first |
struct HNSWGraph: ~Copyable {
    static let none = UInt32.max

    let neighbours: Int
    /// The slots that are nodes, whether or not their row still is the one they were linked with.
    var nodes = Bitset()
    var nodeCount = 0
    /// A node of the highest level; `none` while there are no nodes.
    var entry = none
    var slots = 0
    var upperCount = 0
    var base = AlignedBuffer<UInt32>()
    var upperOffsets = AlignedBuffer<UInt32>()
    var upper = AlignedBuffer<UInt32>()

    init(neighbours: Int) {
        self.neighbours = neighbours
    }

    /// What the kernels read; valid until a node is added.
    var view: vs_graph {
        vs_graph(
            base: base.base,
            upper: upper.base,
            upper_offset: upperOffsets.base,
            m: UInt32(neighbours),
            slots: UInt32(slots)
        )
    }

    var isEmpty: Bool { entry == Self.none }

    var highestLevel: Int { isEmpty ? 0 : level(of: Int(entry)) }

    var memoryUse: Int { 4 * (base.count + upperOffsets.count + upper.count) }

    /// How many neighbours a list has room for.
    func width(_ level: Int) -> Int { level == 0 ? 2 * neighbours : neighbours }

    /// A level l or higher has the probability `neighbours`^-l.
    func level(of slot: Int) -> Int {
        Self.level(of: slot, neighbours: neighbours)
    }

    /// Fifteen levels are enough for 2^31 slots.
    static func level(of slot: Int, neighbours: Int) -> Int {
        let hash = hash(of: slot)
        var level = 0
        var range = UInt64.max / UInt64(neighbours)
        while hash < range, level < 15 {
            level += 1
            range /= UInt64(neighbours)
        }
        return level
    }

    /// SplitMix64 (Steele, Lea & Flood 2014): a number for each slot that looks random and is always the same.
    static func hash(of slot: Int) -> UInt64 {
        var hash = (UInt64(slot) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
        return hash ^ hash >> 31
    }

    func list(of slot: Int, level: Int) -> UnsafeMutableBufferPointer<UInt32> {
        UnsafeMutableBufferPointer(start: address(slot, level), count: width(level))
    }

    func links(of slot: Int, level: Int) -> [UInt32] {
        Array(list(of: slot, level: level).prefix { $0 != Self.none })
    }

    /// Replaces one list.
    mutating func setLinks(_ links: [UInt32], of slot: Int, level: Int) {
        let list = list(of: slot, level: level)
        list.update(repeating: Self.none)
        _ = list.update(fromContentsOf: links)
    }

    /// Makes a slot a node, with empty lists if it was none, and the entry if it is higher than every other.
    mutating func addNode(_ slot: Int) {
        guard nodes.insert(slot) else { return }
        nodeCount += 1
        reserve(slot + 1)
        let level = level(of: slot)
        upperOffsets.base[slot] = UInt32(upperCount)
        upperCount += level * neighbours
        upper.reserve(upperCount)
        for level in 0...level { setLinks([], of: slot, level: level) }
        if isEmpty || level > highestLevel { entry = UInt32(slot) }
    }

    private mutating func reserve(_ count: Int) {
        guard count > slots else { return }
        slots = count
        base.reserve(count * 2 * neighbours)
        upperOffsets.reserve(count)
    }

    private func address(_ slot: Int, _ level: Int) -> UnsafeMutablePointer<UInt32> {
        if level == 0 { return base.base + slot * 2 * neighbours }
        return upper.base + Int(upperOffsets.base[slot]) + (level - 1) * neighbours
    }
}
