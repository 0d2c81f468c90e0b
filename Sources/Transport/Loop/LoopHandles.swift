// Owns a libuv loop with the handles that every event loop has, and leads from C's callbacks back to Swift.
import CTransport
import Glibc

/// The loop, and what wakes it, drains its jobs and ends its waits. Confined to the loop's thread but for ``wake()``.
struct LoopHandles {
  let loop = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
  private let waker = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
  private let prepare = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
  private let check = UnsafeMutablePointer<uv_check_t>.allocate(capacity: 1)
  private let timer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)

  /// - Throws: ``TransportError`` with code `.loop` when the system has no descriptors left.
  init() throws(TransportError) {
    let loop = loop
    let status = ProcessLock.shared { uv_loop_init(loop) }
    guard status == 0 else {
      freeMemory()
      throw TransportError(.loop, String(cString: uv_strerror(status)))
    }
    uv_async_init(loop, waker, CallbackBridge.wake)
    uv_prepare_init(loop, prepare)
    uv_check_init(loop, check)
    uv_timer_init(loop, timer)
  }

  /// Calls the event loop from now on, without keeping it alive.
  func start(for owner: EventLoop) {
    let unretained = CallbackBridge.pointer(to: owner)
    waker.pointee.data = unretained
    prepare.pointee.data = unretained
    check.pointee.data = unretained
    timer.pointee.data = unretained
    uv_prepare_start(prepare, CallbackBridge.prepare)
    uv_check_start(check, CallbackBridge.check)
  }

  /// Ends the loop's wait; from any thread.
  func wake() { uv_async_send(waker) }

  /// Fires once, instead of when it would have fired.
  func setTimer(milliseconds: UInt64) {
    uv_update_time(loop)
    uv_timer_start(timer, CallbackBridge.timer, milliseconds, 0)
  }

  /// The memory has to stay until the loop has run on.
  func close() {
    for handle in [waker.asHandle, prepare.asHandle, check.asHandle, timer.asHandle] { uv_close(handle, nil) }
  }

  /// Frees a loop that has nothing left to run.
  func free() {
    let status = uv_loop_close(loop)
    assert(status == 0, "a handle was left open on the event loop")
    freeMemory()
  }

  private func freeMemory() {
    waker.deallocate()
    prepare.deallocate()
    check.deallocate()
    timer.deallocate()
    loop.deallocate()
  }
}

/// The C callbacks. Each finds its Swift object and calls one method; nothing else happens here.
enum CallbackBridge {
  /// A pointer for C's `data` field that keeps nothing alive: whoever sets it closes the handle before it goes.
  static func pointer(to object: AnyObject) -> UnsafeMutableRawPointer { Unmanaged.passUnretained(object).toOpaque() }

  static func object<Object: AnyObject>(_ data: UnsafeMutableRawPointer, as type: Object.Type) -> Object {
    Unmanaged<Object>.fromOpaque(data).takeUnretainedValue()
  }

  static let wake: uv_async_cb = { object($0!.pointee.data, as: EventLoop.self).drain() }
  static let prepare: uv_prepare_cb = { object($0!.pointee.data, as: EventLoop.self).drain() }
  static let check: uv_check_cb = { object($0!.pointee.data, as: EventLoop.self).drain() }
  static let timer: uv_timer_cb = { object($0!.pointee.data, as: EventLoop.self).timerFired() }
  static let signal: uv_signal_cb = { handle, _ in object(handle!.pointee.data, as: SignalWatch.self).handler() }

  static let descriptorReady: uv_poll_cb = { handle, status, events in
    object(handle!.pointee.data, as: DescriptorWatch.self).ready(status: status, events: events)
  }

  /// Starts a detached thread that runs `body`.
  static func startThread(_ body: @escaping () -> Void) -> Bool {
    final class Box {
      let body: () -> Void
      init(_ body: @escaping () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    guard status == 0 else {
      box.release()
      return false
    }
    pthread_detach(thread)
    return true
  }
}

extension UnsafeMutablePointer {
  /// The common beginning of a handle of any kind; only for libuv's own (docs.libuv.org, "uv_handle_t").
  var asHandle: UnsafeMutablePointer<uv_handle_t> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: uv_handle_t.self)
  }
}
