// Where C calls Swift: the C function pointers of libuv, and the way back to the object that they mean.
import CTransport
import Glibc

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
  static func startThread(_ thread: inout pthread_t, _ body: @escaping () -> Void) -> Bool {
    final class Box {
      let body: () -> Void
      init(_ body: @escaping () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    let status = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    if status != 0 { box.release() }
    pthread_detach(thread)
    return status == 0
  }
}
