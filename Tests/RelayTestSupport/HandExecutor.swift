// Runs jobs only when a test says so, on the test's own thread.
import Synchronization

/// Runs jobs in the order in which they came, until none is left. Everything given to it is deterministic.
public final class HandExecutor: SerialExecutor, TaskExecutor {
  private let jobs = Mutex<[UnownedJob]>([])

  public init() {}

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  /// Runs all jobs, and those that they bring about.
  public func run() { while run(atMost: .max) > 0 {} }

  /// Runs the jobs that wait now, or the first of them; a process that is killed does not get to the others.
  /// - Returns: how many were run.
  @discardableResult
  public func run(atMost limit: Int) -> Int {
    let turn = jobs.withLock { jobs in
      defer { jobs.removeFirst(min(limit, jobs.count)) }
      return jobs.prefix(limit)
    }
    for job in turn {
      job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
    return turn.count
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
  /// A test owns its executor alone, on whatever thread it runs.
  public func checkIsolated() {}
  public func isIsolatingCurrentContext() -> Bool? { true }
}
