package import KeywordSearch

/// Which passages, in which form, a session has been sent already.
///
/// Invariant: a passage that was sent whole is never sent again; one that was sent briefly may come once more, whole.
package struct DeliveryRecord: Sendable {
    package struct Entry: Hashable, Sendable {
        package let passage: Int64
        package let form: PassageForm
        package let signature: MinHashSignature

        package init(passage: Int64, form: PassageForm, signature: MinHashSignature) {
            self.passage = passage
            self.form = form
            self.signature = signature
        }
    }

    private var forms: [Int64: PassageForm] = [:]

    /// Of what was sent: to recognise the same text under another id.
    private var texts: [(passage: Int64, signature: MinHashSignature)] = []

    package init() {}

    package init(_ entries: some Sequence<Entry>) {
        for entry in entries { record(entry) }
    }

    package var count: Int { forms.count }

    package mutating func record(_ entry: Entry) {
        guard forms[entry.passage].map({ $0 < entry.form }) ?? true else { return }
        forms[entry.passage] = entry.form
        texts.append((entry.passage, entry.signature))
    }

    /// A passage that the client says it has: it need not be sent in any form.
    package mutating func acknowledge(_ passage: Int64) {
        forms[passage] = .complete
    }

    /// Whether sending the passage in `form` would tell the session something that it was not told.
    package func allows(_ passage: Int64, as form: PassageForm) -> Bool {
        guard let sent = forms[passage] else { return true }
        return !sent.isWhole && form > sent
    }

    /// A passage that told already what this text would tell in `form`: nearly the same words, sent in a form that leaves
    /// nothing to add.
    ///
    /// - Parameter threshold: estimated Jaccard similarity from which two texts tell the same.
    package func twin(
        of signature: MinHashSignature,
        besides passage: Int64,
        as form: PassageForm,
        threshold: Double
    ) -> Int64? {
        texts.first { sent in
            sent.passage != passage && Double(sent.signature.estimatedJaccard(signature)) >= threshold
                && !allows(sent.passage, as: form)
        }?.passage
    }

    /// Every passage of which the session was sent anything.
    package var sent: Set<Int64> { Set(forms.keys) }

    package func isUnsent(_ passage: Int64) -> Bool { forms[passage] == nil }

    /// What was sent whole, and so has nothing new to tell.
    package var exhausted: Set<Int64> { Set(forms.filter { $0.value.isWhole }.keys) }

    /// What has nothing new to tell in `form`, but for the `count` with the lowest keys.
    package func exhausted(as form: PassageForm, beyond count: Int) -> Set<Int64> {
        guard forms.count > count else { return [] }
        return Set(forms.keys.filter { !allows($0, as: form) }.sorted().dropFirst(count))
    }
}
