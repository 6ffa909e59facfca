/// Every number that steers ``VectorIndex``.
package struct VectorSearchConfiguration: Sendable {
    /// Below this many rows there is no graph: an exact scan is as fast and misses nothing.
    package var exactBelow = 16_384
    /// Neighbours of a node per level, twice as many on the lowest (M in Malkov & Yashunin 2018); 2 to 32.
    package var neighbours = 16
    /// Beam width while linking; wider means better links and slower building.
    package var linkingWidth = 200
    /// Beam width while searching, unless a search says otherwise; about .99 recall@10 on sentence embeddings.
    package var searchWidth = 64
    /// An upper limit to the beam of a filtered search; a narrower filter is answered by an exact scan.
    package var widestBeam = 1_024
    /// What one step of a beam costs, counted in rows of an exact scan: the exchange rate between the two ways to
    /// search.
    package var rowsPerBeamStep = 40
    /// The share of outdated nodes (their row removed or replaced) from which the graph should be built anew.
    package var rebuildShare = 0.25
    /// Slots are below this limit; at most 2^31, since the kernels keep a mark in a slot's highest bit.
    package var slotLimit = 1 << 24
    /// `nil` takes the widest instruction set that the processor has.
    package var instructions: InstructionSet?

    package init() {}
}
