/// A part of the server that runs for as long as the process does.
package protocol Service: Sendable {
    /// Does the service's work and returns when its task is cancelled.
    ///
    /// A service that returns on its own, or throws, takes the whole group down with it.
    func run() async throws
}
