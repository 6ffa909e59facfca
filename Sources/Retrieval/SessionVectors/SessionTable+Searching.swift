import ContextCore
import VectorSearch

extension SessionTable {
    /// Exact answers to all requests, in their order; every pass over the rows serves all that still need one.
    ///
    /// Long passes pause, so that others get the thread. Nobody else can touch the table meanwhile.
    mutating func search(_ requests: [SearchRequest]) async -> [SessionVectors.Found] {
        var plans = requests.map { request in
            SearchPlan(request, facetsKnow: request.filter.map { facets.covers($0) } ?? false)
        }
        while case let open = plans.indices.filter({ plans[$0].answer == nil }), !open.isEmpty {
            var searches: [ExactSearch] = []
            for plan in open { searches.append(await begin(plans[plan])) }
            await scan(for: searches)
            for (plan, search) in zip(open, searches) { plans[plan].take(search.hits(), from: passages) }
        }
        return plans.map { SessionVectors.Found(hits: $0.answer ?? [], total: count) }
    }

    private mutating func begin(_ plan: SearchPlan) async -> ExactSearch {
        var selected: Bitset?
        if let filter = plan.selection { selected = await slots(matching: filter) }
        return ExactSearch(
            plan.request.query,
            k: plan.width,
            filter: selected,
            minimumScore: plan.minimumScore,
            in: vectors
        )
    }

    private func scan(for searches: [ExactSearch]) async {
        let rows = max(1_024, limits.productsPerSlice / searches.count / 1_024 * 1_024)
        for start in stride(from: 0, to: vectors.slots, by: rows) {
            if start > 0 { await Task.yield() }
            vectors.advance(searches, through: start..<min(start + rows, vectors.slots))
        }
    }

    /// Before the scan: the slots that meet `filter`.
    private mutating func slots(matching filter: MetadataFilter) async -> Bitset {
        let live = vectors.live
        if facets.prepare(for: filter, live: live) {
            await read(facets.unread(in: live)) { table, slot in
                table.facets.insert(table.passages.json(at: slot), at: slot)
            }
            keepFacetsIfTheyFit()
        }
        var (found, unknown) = facets.slots(matching: filter, in: live)
        await read(unknown) { table, slot in
            if table.passages.meets(filter, at: slot) { found.insert(slot) }
        }
        return found
    }

    /// Hands out slots whose metadata is read, with a pause now and then.
    private mutating func read(_ slots: Bitset, _ body: (inout SessionTable, Int) -> Void) async {
        var bytes = 0
        for slot in slots {
            body(&self, slot)
            bytes += passages.withMetadata(at: slot) { $0.count }
            if bytes > limits.metadataBytesPerSlice {
                bytes = 0
                await Task.yield()
            }
        }
    }

    /// Without facets a filter is slower and nothing else: a full memory is no reason to refuse a search.
    private mutating func keepFacetsIfTheyFit() {
        if charge.reserve(memoryUse) { return }
        facets.giveUp()
        charge.settle(memoryUse)
    }
}
