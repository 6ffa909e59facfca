import Runtime
import Testing

@testable import LanguageModels

private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
private let model = ModelName(provider: "openai", model: "m")

private func error(_ kind: ModelError.Kind, retryAfter: Duration? = nil) -> ModelError {
    ModelError(kind, model, "x", retryAfter: retryAfter)
}

struct `The plan of attempts` {
    private func plan(fallback: Bool, retries: Int = 3) -> AttemptPlan {
        var configuration = RouterConfiguration()
        configuration.retryAttempts = retries
        return AttemptPlan(configuration, hasFallback: fallback, at: start)
    }

    @Test
    func `A failure that may pass is tried again, each pause up to twice as long, then the fallback is asked once`() {
        var plan = plan(fallback: true)
        func fail() -> AttemptPlan.Step { plan.failed(error(.failed), afterOutput: false, at: start, random: 1) }
        #expect(fail() == .again(after: .milliseconds(250)))
        #expect(fail() == .again(after: .milliseconds(500)))
        #expect(fail() == .again(after: .seconds(1)))
        #expect(fail() == .fallBack)
        #expect(fail() == .again(after: .milliseconds(250)))
        #expect(fail() == .again(after: .milliseconds(500)))
        #expect(fail() == .again(after: .seconds(1)))
        #expect(fail() == .giveUp)
        #expect(plan.failures.count == 8)
    }

    @Test func `A limit of rate goes to the fallback at once, and waits as asked where there is none`() {
        var both = plan(fallback: true)
        #expect(both.failed(error(.rateLimited), afterOutput: false, at: start, random: 1) == .fallBack)
        var alone = plan(fallback: false)
        let asked = error(.rateLimited, retryAfter: .seconds(7))
        #expect(alone.failed(asked, afterOutput: false, at: start, random: 0) == .again(after: .seconds(7)))
    }

    @Test func `A pause that ends after the longest wait is not begun`() {
        var plan = plan(fallback: false)
        let asked = error(.rateLimited, retryAfter: .seconds(31))
        #expect(plan.failed(asked, afterOutput: false, at: start, random: 0) == .giveUp)
    }

    @Test func `What is the caller's fault is told at once`() {
        var plan = plan(fallback: true)
        #expect(plan.failed(error(.contextLengthExceeded), afterOutput: false, at: start, random: 0) == .giveUp)
    }

    @Test func `A stream that has begun is never begun again`() {
        var plan = plan(fallback: true)
        #expect(plan.failed(error(.connectionLost), afterOutput: true, at: start, random: 0) == .giveUp)
    }

    @Test func `A wrong key is not tried again but the fallback is asked`() {
        var plan = plan(fallback: true)
        #expect(plan.failed(error(.unauthenticated), afterOutput: false, at: start, random: 0) == .fallBack)
        #expect(plan.failed(error(.unauthenticated), afterOutput: false, at: start, random: 0) == .giveUp)
    }
}

struct `The fair queue` {
    @Test func `Keys take turns however many wait for one of them`() {
        var queue = FairQueue<Int>(limit: 1)
        for ticket in 1...3 { queue.enter(ticket, for: "a") }
        queue.enter(10, for: "b")
        #expect(queue.admit() == [1])
        #expect(queue.admit().isEmpty)
        queue.leave(1)
        #expect(queue.admit() == [10])
        queue.leave(10)
        #expect(queue.admit() == [2])
        queue.leave(2)
        #expect(queue.admit() == [3])
    }

    @Test func `The position is the number of those served before, plus one`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var queue = FairQueue<Int>(limit: 1)
            for ticket in 0..<Int.random(in: 1...12, using: &generator) {
                queue.enter(ticket, for: ["a", "b", "c"].randomElement(using: &generator) ?? "a")
            }
            var promised: [Int: Int] = [:]
            for ticket in 0..<12 { promised[ticket] = queue.position(of: ticket) }
            var served = 0
            while let ticket = queue.admit().first {
                served += 1
                #expect(promised[ticket] == served)
                queue.leave(ticket)
            }
            #expect(served == promised.count)
        }
    }

    @Test func `Who leaves while waiting is not served`() {
        var queue = FairQueue<Int>(limit: 1)
        for ticket in 1...3 { queue.enter(ticket, for: "a") }
        _ = queue.admit()
        queue.leave(2)
        queue.leave(1)
        #expect(queue.admit() == [3])
        #expect(queue.waitingCount == 0)
    }
}

struct `The circuit breaker` {
    @Test func `It opens after failures in a row, lets one probe through, and closes on success`() {
        var breaker = CircuitBreaker(failures: 3, rest: .seconds(10))
        breaker.failed(at: start)
        breaker.failed(at: start)
        breaker.succeeded()
        for _ in 0..<3 {
            #expect(breaker.permits(at: start) == nil)
            breaker.failed(at: start)
        }
        #expect(breaker.permits(at: start.advanced(by: .seconds(4))) == .seconds(6))
        let later = start.advanced(by: .seconds(11))
        #expect(breaker.permits(at: later) == nil)
        #expect(breaker.permits(at: later) != nil)
        breaker.succeeded()
        #expect(breaker.permits(at: later) == nil)
    }

    @Test func `A failed probe opens it again, and a lost one frees the place in time`() {
        var breaker = CircuitBreaker(failures: 1, rest: .seconds(10))
        breaker.failed(at: start)
        let later = start.advanced(by: .seconds(11))
        #expect(breaker.permits(at: later) == nil)
        breaker.failed(at: later)
        #expect(breaker.permits(at: later.advanced(by: .seconds(9))) != nil)
        let muchLater = later.advanced(by: .seconds(10))
        #expect(breaker.permits(at: muchLater) == nil)
        #expect(breaker.permits(at: muchLater.advanced(by: .seconds(10))) == nil)
    }
}
