/// What reaches every process that a test starts.
package enum ToolVariables {
    /// The sanitizers' settings, suppressions among them, and where counts of coverage go; without them the counts would be lost.
    package static let names = ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "LLVM_PROFILE_FILE"]
}
