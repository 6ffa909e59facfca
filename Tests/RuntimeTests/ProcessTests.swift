import Glibc
import Runtime
import Testing

@Suite(.timeLimit(.minutes(5))) struct ProcessTests {
    @Test func `a blocked signal is waited for`() async {
        let executor = BlockingExecutor(name: "signals")
        let received = await executor.run {
            Signals.block([SIGUSR1])
            // To this thread only: the process would be ended by it.
            pthread_kill(pthread_self(), SIGUSR1)
            return Signals.wait(for: [SIGUSR1])
        }
        #expect(received == SIGUSR1)
    }

    @Test func `variables are read with their type, and a wrong one says so`() throws {
        let environment = Environment([
            "PORT": "8080", "EMPTY": "", "RATE": "0.5", "ON": "Yes", "KEY": "k", "BAD": "12x",
        ])
        #expect(try environment.integer("PORT", in: 0...65535) == 8080)
        #expect(environment["EMPTY"] == nil)
        #expect(try environment.integer("EMPTY") == nil)
        #expect(try environment.double("RATE") == 0.5)
        #expect(try environment.boolean("ON") == true)
        #expect(environment.secret("KEY")?.reveal() == "k")
        let error = #expect(throws: EnvironmentError.self) { try environment.integer("PORT", in: 0...80) }
        #expect(error?.description == "PORT=8080: expected a whole number from 0 to 80")
        #expect(throws: EnvironmentError.self) { try environment.integer("BAD") }
        #expect(throws: EnvironmentError.self) { try environment.double("BAD") }
        #expect(throws: EnvironmentError.self) { try environment.boolean("BAD") }
    }

    @Test func `the process' own environment is read`() {
        setenv("ROOST_TEST_VARIABLE", "a=b", 1)
        #expect(Environment.process["ROOST_TEST_VARIABLE"] == "a=b")
    }

    @Test func `monotonic time only grows`() {
        let earlier = MonotonicTime.now
        #expect(MonotonicTime.now >= earlier)
        #expect(
            MonotonicTime(nanoseconds: 2_500_000_000).seconds(since: MonotonicTime(nanoseconds: 1_000_000_000)) == 1.5
        )
        #expect(MonotonicTime(nanoseconds: 1).seconds(since: MonotonicTime(nanoseconds: 2)) == 0)
    }
}
