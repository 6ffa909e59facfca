/// What linking one row will change, found without changing anything.
///
/// It holds for the state of the index in which it was made; ``VectorIndex/apply(_:)`` notices what has changed since.
package struct LinkPlan: Equatable, Sendable {
    package let slot: Int
    /// The row's revision and the graph's generation that the plan was made for.
    let revision: UInt32
    let generation: Int
    /// The row's neighbours by level, lowest first; a level may have none.
    var links: [[UInt32]]
    /// The lists of these neighbours with the row added.
    var edits: [Edit]

    /// A list before and after.
    struct Edit: Equatable, Sendable {
        let slot: Int
        let level: Int
        let before: [UInt32]
        let after: [UInt32]
    }

    /// Whether the graph was empty, so that the row becomes its first node.
    var isFirst: Bool { links.allSatisfy(\.isEmpty) }
}
