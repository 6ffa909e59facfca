import CVectorKernels

/// Linking rows into the graph, in two halves: a plan is made beside searches, applying it is short.
extension VectorIndex {
    /// The next rows to link; none while the index is small enough to be scanned, or when all are linked.
    ///
    /// Plans of one batch don't see each other's rows, so a batch is at most an eighth of the graph: the first ones are
    /// small.
    package func slotsToLink(limit: Int = 256) -> [Int] {
        guard count >= configuration.exactBelow else { return [] }
        return Array(pending.prefix(min(limit, max(1, graph.nodeCount / 8))))
    }

    /// Whether so many nodes are outdated that the graph should be built anew, see ``forgetGraph()``.
    package var needsRebuild: Bool {
        Double(retired) > Double(graph.nodeCount) * configuration.rebuildShare
    }

    /// Makes all rows pending, which frees the graph.
    ///
    /// Searches are exact scans until enough rows are linked again.
    package mutating func forgetGraph() {
        graph = HNSWGraph(neighbours: configuration.neighbours)
        pending = live
        pendingCount = count
        retired = 0
        generation += 1
    }

    /// Links one batch of rows in the calling thread; how many it linked, 0 when there is nothing to do.
    @discardableResult
    package mutating func linkNext(limit: Int = 256) -> Int {
        var linked = 0
        for slot in slotsToLink(limit: limit) {
            if let plan = planLink(slot), apply(plan) { linked += 1 }
        }
        return linked
    }

    /// Finds the neighbours of a pending row, the costly half; `nil` if the row isn't pending.
    package func planLink(_ slot: Int) -> LinkPlan? {
        guard pending.contains(slot) else { return nil }
        let top = graph.level(of: slot)
        let revision = rows.revision(of: slot)
        var plan = LinkPlan(slot: slot, revision: revision, generation: generation, links: [], edits: [])
        plan.links = Array(repeating: [], count: top + 1)
        guard !graph.isEmpty else { return plan }
        let prepared = PreparedQuery(row: slot, of: rows, with: kernels)
        var query = prepared.query
        var entry = descend(&query, to: min(top, graph.highestLevel))
        for level in (0...min(top, graph.highestLevel)).reversed() {
            withBeam(&query, from: entry, level: level, width: configuration.linkingWidth) { beam in
                entry = beam.first?.slot ?? entry
                plan.links[level] = chosen(from: beam.filter { $0.slot != slot }, limit: configuration.neighbours)
            }
            plan.edits += plan.links[level].compactMap { edit(of: Int($0), level: level, adding: slot) }
        }
        return plan
    }

    /// Puts a plan into effect; whether it still held.
    ///
    /// A plan for a row that has changed or gone since does nothing.
    @discardableResult
    package mutating func apply(_ plan: LinkPlan) -> Bool {
        guard plan.generation == generation, pending.contains(plan.slot),
            rows.revision(of: plan.slot) == plan.revision, !plan.isFirst || isAlone(plan.slot)
        else { return false }
        graph.addNode(plan.slot)
        for (level, links) in plan.links.enumerated() { graph.setLinks(links, of: plan.slot, level: level) }
        for edit in plan.edits { apply(edit, adding: plan.slot) }
        pending.remove(plan.slot)
        pendingCount -= 1
        return true
    }

    /// Whether the graph has no node but this one.
    private func isAlone(_ slot: Int) -> Bool {
        graph.isEmpty || graph.nodeCount == 1 && graph.nodes.contains(slot)
    }

    /// Replaces the list, or works out another if somebody else has changed it.
    private mutating func apply(_ edit: LinkPlan.Edit, adding slot: Int) {
        if graph.links(of: edit.slot, level: edit.level) == edit.before {
            graph.setLinks(edit.after, of: edit.slot, level: edit.level)
        } else if let edit = self.edit(of: edit.slot, level: edit.level, adding: slot) {
            graph.setLinks(edit.after, of: edit.slot, level: edit.level)
        }
    }

    /// A neighbour's list with a slot added, or when it is full the best choice among old and new; `nil` if nothing
    /// changes.
    private func edit(of node: Int, level: Int, adding slot: Int) -> LinkPlan.Edit? {
        let before = graph.links(of: node, level: level)
        guard !before.contains(UInt32(slot)) else { return nil }
        let after = before + [UInt32(slot)]
        let width = graph.width(level)
        if after.count <= width { return LinkPlan.Edit(slot: node, level: level, before: before, after: after) }
        let shrunk = chosen(from: hits(after, around: node), limit: width)
        return LinkPlan.Edit(slot: node, level: level, before: before, after: shrunk)
    }

    private func descend(_ query: inout vs_query, to level: Int) -> UInt32 {
        var rows = rows.view
        var view = graph.view
        return kernels.descend(&rows, &view, &query, graph.entry, UInt32(graph.highestLevel), UInt32(level))
    }

    /// Slots by their similarity to a node, best first.
    private func hits(_ slots: [UInt32], around node: Int) -> [vs_hit] {
        var rows = rows.view
        return withScratch { scratch in
            Array(unsafeUninitializedCapacity: slots.count) { hits, count in
                guard let first = hits.baseAddress else { return }
                kernels.neighbours(&rows, UInt32(node), slots, UInt32(slots.count), first, scratch)
                count = slots.count
            }
        }
    }

    /// The neighbours worth keeping: near ones in different directions.
    private func chosen(from hits: [vs_hit], limit: Int) -> [UInt32] {
        var rows = rows.view
        return withScratch { scratch in
            Array(unsafeUninitializedCapacity: limit) { chosen, count in
                guard let first = chosen.baseAddress else { return }
                count = Int(kernels.choose(&rows, hits, UInt32(hits.count), UInt32(limit), first, scratch))
            }
        }
    }

    private func withScratch<Result>(_ body: (UnsafeMutableRawPointer) -> Result) -> Result {
        let bytes = vs_scratch_bytes(UInt32(rows.codeStride))
        return withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { memory in
            guard let base = memory.baseAddress else { preconditionFailure("a row has at least one block of codes") }
            return body(base)
        }
    }
}
