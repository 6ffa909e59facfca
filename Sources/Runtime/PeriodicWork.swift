/// Does something again and again until its task is cancelled.
///
/// An error ends neither the work nor the server: it is logged, once for as long as it lasts, and the work is tried
/// again after a pause. What the work is for must therefore be worth waiting for; what the server can't do without
/// belongs into a service that throws.
package struct PeriodicWork: Sendable {
    private let name: String
    private let log: Log
    private let pauseAfterError: Duration

    package init(_ name: String, log: Log, pauseAfterError: Duration = .seconds(2)) {
        self.name = name
        self.log = log
        self.pauseAfterError = pauseAfterError
    }

    /// - Parameter step: returns how long to wait before the next one.
    package func run(_ step: () async throws -> Duration) async {
        var isFailing = false
        while !Task.isCancelled {
            var pause = pauseAfterError
            do {
                pause = try await step()
                if isFailing { log.info("\(name) works again") }
                isFailing = false
            } catch is CancellationError {
                return
            } catch {
                if !isFailing { log.error("\(name) failed and is tried again", ["error": "\(error)"]) }
                isFailing = true
            }
            guard pause > .zero else { continue }
            try? await Task.pause(for: pause)
        }
    }
}
