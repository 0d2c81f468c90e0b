// An executor that runs only when a test says so, on the test's own thread.
import Synchronization

/// Runs jobs in the order in which they came, until none is left. Everything given to it is deterministic.
final class HandExecutor: SerialExecutor, TaskExecutor {
  private let jobs = Mutex<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  /// Runs all jobs, and those that they bring about.
  func run() {
    while true {
      let turn = jobs.withLock { jobs in
        defer { jobs = [] }
        return jobs
      }
      if turn.isEmpty { return }
      for job in turn {
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
    }
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
  /// A test owns its executor alone, on whatever thread it runs.
  func checkIsolated() {}
  func isIsolatingCurrentContext() -> Bool? { true }
}
