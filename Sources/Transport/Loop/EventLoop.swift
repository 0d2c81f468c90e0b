// Runs everything that a process does with sockets and sessions on one libuv loop and one thread, as the executor of
// its tasks and actors.
import Basics
import CTransport
import Glibc
import Synchronization

/// One libuv loop on a thread of its own, and the executor of the actors and tasks that live on it.
///
/// Start what belongs on the loop with ``spawn(_:)`` (or `Task(executorPreference:)`), and give actors
/// `asUnownedSerialExecutor()` of this loop: then nothing hops between threads.
/// Everything that holds pointers to C is confined to the loop's thread; only ``inbox`` is shared, under its lock.
public final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
  struct Inbox {
    var jobs: [UnownedJob] = []
    var bodies: [@Sendable () -> Void] = []
    var isStopped = false
  }

  let inbox = Mutex(Inbox())
  private let hasEnded = LoopEnd()
  /// The loop's thread while it runs; 0 before, and afterwards, when the system gives its name to another one.
  private let thread = Atomic<pthread_t>(0)

  // Confined to the loop's thread.
  private let handles: LoopHandles
  var uvLoop: UnsafeMutablePointer<uv_loop_t> { handles.loop }
  private var localJobs: [UnownedJob] = []
  /// Empty, with the room of an earlier turn's jobs: a turn needs no memory of its own.
  private var spareJobs: [UnownedJob] = []
  private var isDraining = false
  private(set) var isStopping = false
  private var guests: [any LoopGuest] = []
  /// The libwebsockets context of the loop's listeners, made by the first of them.
  var webSockets: WebSocketsContext?
  /// The descriptors that are watched for others.
  var descriptorWatches: [ObjectIdentifier: DescriptorWatch] = [:]
  /// The programs that were started and have not ended.
  var programs: [ObjectIdentifier: SpawnedProgram] = [:]
  private var sleepers = SleeperQueue()
  private var signals: [SignalWatch] = []

  /// Creates the loop and starts its thread.
  /// - Throws: ``TransportError`` with code `.loop` when the system has no descriptors or threads left.
  public init() throws(TransportError) {
    handles = try LoopHandles()
    handles.start(for: self)
    let isStarted = CallbackBridge.startThread { [self] in
      thread.store(pthread_self(), ordering: .relaxed)
      runAsJob()
    }
    guard isStarted else { throw TransportError(.loop, "no thread") }
  }

  /// True on the loop's own thread.
  public var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

  /// The loop's clock.
  public var clock: LoopClock { LoopClock(loop: self) }

  /// Starts a task that runs on the loop.
  @discardableResult
  public func spawn<Success: Sendable>(
    _ operation: sending @escaping @isolated(any) () async -> Success
  ) -> Task<Success, Never> {
    Task(executorPreference: self, operation: operation)
  }

  /// Runs a closure on the loop: at once when called there, else soon.
  /// After the loop has ended the closure is run where it is called, so that nothing waits for ever.
  public func execute(_ body: @escaping @Sendable () -> Void) {
    if isCurrent { return body() }
    let isStopped = inbox.withLock { inbox in
      if !inbox.isStopped {
        inbox.bodies.append(body)
        handles.wake()
      }
      return inbox.isStopped
    }
    if isStopped { body() }
  }

  /// Runs a closure on the loop and waits for its result.
  func perform<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      execute { continuation.resume(returning: body()) }
    }
  }

  /// Calls the handler on the loop whenever the process receives the signal, until the loop stops.
  public func onSignal(_ number: Int32, _ handler: @escaping @Sendable () -> Void) {
    execute { [self] in
      guard !isStopping else { return }
      let watch = SignalWatch(handler: handler)
      signals.append(watch)
      watch.start(on: uvLoop, number: number)
    }
  }

  /// Ends the loop: its guests close what they hold, then its thread ends. Returns when that is done.
  /// Calling it again is harmless. Must not be called from the loop's own thread.
  public func stop() async {
    precondition(!isCurrent, "EventLoop.stop() would wait for itself")
    execute { [self] in
      guard !isStopping else { return }
      isStopping = true
      uv_stop(uvLoop)
    }
    await hasEnded.wait()
  }

  // MARK: Executor

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      // Drained in uv_prepare before the loop next waits, so it cannot sleep.
      localJobs.append(job)
      return
    }
    let isStopped = inbox.withLock { inbox in
      if !inbox.isStopped {
        inbox.jobs.append(job)
        handles.wake()
      }
      return inbox.isStopped
    }
    // A job that arrives after the end still runs, or its task would never be freed.
    if isStopped { run(job) }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  public func checkIsolated() { precondition(isCurrent || hasEnded.isSignalled, "not on the event loop") }

  public func isIsolatingCurrentContext() -> Bool? { isCurrent || hasEnded.isSignalled }

  private func run(_ job: UnownedJob) {
    job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
  }
}

// MARK: - On the loop's thread

extension EventLoop {
  /// Runs all jobs and closures that are waiting. Called before the loop waits and after it was woken.
  func drain() {
    guard !isDraining else { return }
    isDraining = true
    defer { isDraining = false }
    while true {
      let (jobs, bodies) = inbox.withLock { inbox in
        let taken = (inbox.jobs, inbox.bodies)
        if !inbox.jobs.isEmpty { inbox.jobs = [] }
        if !inbox.bodies.isEmpty { inbox.bodies = [] }
        return taken
      }
      if jobs.isEmpty && bodies.isEmpty && localJobs.isEmpty {
        for guest in guests { guest.finishTurn() }
        // What they did may have been an answer that somebody waited for.
        guard !localJobs.isEmpty else { return }
        continue
      }
      var own = spareJobs
      spareJobs = []
      swap(&own, &localJobs)
      for body in bodies { body() }
      for job in own { run(job) }
      for job in jobs { run(job) }
      own.removeAll(keepingCapacity: own.capacity <= Self.mostSpareJobs)
      spareJobs = own
    }
  }

  /// For how many jobs room is kept at most.
  private static let mostSpareJobs = 1024

  /// Adds something that has to be closed with the loop. Guests are closed in the order in which they joined.
  /// - Returns: false when it is too late, because the loop is stopping or has ended.
  @discardableResult
  package func join(_ guest: any LoopGuest) -> Bool {
    guard isCurrent, !isStopping else { return false }
    guests.append(guest)
    return true
  }

  /// Time on libuv's monotonic clock.
  nonisolated static var uptime: Duration { .nanoseconds(Int64(bitPattern: uv_hrtime())) }

  func add(_ sleeper: Sleeper) {
    if isStopping { return sleeper.cancel() }
    sleepers.insert(sleeper)
    armTimer()
  }

  func forgetCancelledSleepers() { sleepers.removeCancelledIfMany() }

  func timerFired() {
    let now = Self.uptime
    while let sleeper = sleepers.popDue(at: now) { sleeper.wake() }
    armTimer()
    drain()
  }

  private func armTimer() {
    guard let deadline = sleepers.earliestDeadline else { return }
    // libuv counts milliseconds; rounded up, so that a sleeper is never woken early and the loop never spins.
    let (seconds, attoseconds) = (deadline - Self.uptime).components
    let delay = max(0, seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    handles.setTimer(milliseconds: UInt64(delay))
  }

  /// Runs the loop as one long job of its own: callbacks of C then find this executor as the current one, which a look at the
  /// thread takes ten times as long to find out.
  private func runAsJob() {
    Task(executorPreference: self) { self.run() }
    // A task changes to its executor in a job of its own.
    while !localJobs.isEmpty { run(localJobs.removeFirst()) }
  }

  private func run() {
    uv_run(uvLoop, UV_RUN_DEFAULT)
    shutDown()
  }

  private func shutDown() {
    for guest in guests { guest.beginShutdown() }
    while let sleeper = sleepers.popAny() { sleeper.cancel() }
    drain()
    for watch in signals { watch.stop() }
    for watch in descriptorWatches.values { watch.close() }
    for program in programs.values { program.close() }
    handles.close()
    let rest = inbox.withLock { inbox in
      inbox.isStopped = true
      return (inbox.jobs, inbox.bodies)
    }
    for body in rest.1 { body() }
    localJobs += rest.0
    while uv_run(uvLoop, UV_RUN_NOWAIT) != 0 {}
    for guest in guests { guest.finishShutdown() }
    guests = []
    webSockets = nil
    while !localJobs.isEmpty {
      let jobs = localJobs
      localJobs = []
      for job in jobs { run(job) }
    }
    handles.free()
    signals = []
    thread.store(0, ordering: .relaxed)
    hasEnded.signal()
  }
}

/// A library context on the loop. The two steps are libwebsockets' demand: its close callbacks live in a plugin that
/// the second step unloads, so the loop has to run dry between them.
package protocol LoopGuest: AnyObject {
  /// Does what was put off until the loop has nothing else to do at the moment. It may give the loop new jobs.
  func finishTurn()
  /// Closes every socket and handle. Called once, outside any callback, on the loop's thread.
  func beginShutdown()
  /// Frees what is left, after all handles have closed.
  func finishShutdown()
}

extension LoopGuest {
  package func finishTurn() {}
}

/// Says once that something has happened.
final class LoopEnd: Sendable {
  private struct State {
    var isSignalled = false
    var waiters = Waiters()
  }
  private let state = Mutex(State())

  var isSignalled: Bool { state.withLock { $0.isSignalled } }

  func signal() {
    var waiters = state.withLock { state in
      state.isSignalled = true
      return state.waiters.take()
    }
    waiters.resumeAll()
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isSignalled = state.withLock { state in
        if !state.isSignalled { state.waiters.add(continuation) }
        return state.isSignalled
      }
      if isSignalled { continuation.resume() }
    }
  }
}

/// Watches one signal; confined to the loop's thread. From the first watch on, the signal ends the process no more, not even when
/// nobody watches for it any longer: one that comes while the process is ending would be its exit status.
final class SignalWatch: @unchecked Sendable {
  private let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
  let handler: @Sendable () -> Void

  /// libuv gives a signal back to the system when its last watch closes. These belong to a loop that nobody runs, and are never closed.
  private static let lasting = Mutex<[Int32: UnsafeMutablePointer<uv_signal_t>]>([:])

  init(handler: @escaping @Sendable () -> Void) { self.handler = handler }
  deinit { handle.deallocate() }

  func start(on loop: UnsafeMutablePointer<uv_loop_t>, number: Int32) {
    Self.keep(number)
    uv_signal_init(loop, handle)
    handle.pointee.data = CallbackBridge.pointer(to: self)
    uv_signal_start(handle, CallbackBridge.signal, number)
    // A program that was started from a thread which blocks signals inherits that; here they are wanted.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static func keep(_ number: Int32) {
    lasting.withLock { lasting in
      guard lasting[number] == nil else { return }
      let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
      uv_signal_init(uv_default_loop(), handle)
      uv_signal_start(handle, { _, _ in }, number)
      lasting[number] = handle
    }
  }

  /// Closes the handle; the object has to live until the loop has run once more.
  func stop() { uv_close(handle.asHandle, nil) }
}
