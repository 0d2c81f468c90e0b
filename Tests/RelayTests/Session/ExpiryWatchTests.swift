// Checks the idle limit and the lifetime on their own.
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct ExpiryWatchTests {
  private func at(_ seconds: Int) -> MonotonicInstant { .zero.advanced(by: .seconds(seconds)) }

  @Test("The next deadline is the nearest warning, then the nearest end")
  func deadlines() {
    var watch = ExpiryWatch(idleLimit: .seconds(100), lifetime: .seconds(200), warning: .seconds(30), from: .zero)
    #expect(watch.deadline(.silent) == at(70))
    #expect(watch.deadline(.calling) == at(170))
    #expect(watch.due(at: at(69), .silent) == [])
    #expect(watch.due(at: at(71), .silent) == [.warning(.idle, left: .seconds(29))])
    #expect(watch.due(at: at(72), .silent) == [], "warned once")
    #expect(watch.deadline(.silent) == at(100))
    #expect(watch.due(at: at(100), .calling) == [], "a call is on its way")
    #expect(watch.due(at: at(100), .silent) == [.struck(.idle)])
  }

  @Test("A touch puts the idle limit off but never forward, and not the lifetime")
  func touch() {
    var watch = ExpiryWatch(idleLimit: .seconds(100), lifetime: .seconds(150), warning: .seconds(30), from: .zero)
    watch.touch(at: at(40))
    watch.touch(at: at(20))
    #expect(watch.left(at: at(40)) == .seconds(100))
    watch.touch(at: at(100))
    #expect(watch.left(at: at(100)) == .seconds(50))
    #expect(watch.due(at: at(150), .silent) == [.struck(.lifetime)])
  }

  @Test("Time that jumps past everything tells only the end, and the lifetime before the silence")
  func jump() {
    var watch = ExpiryWatch(idleLimit: .seconds(10), lifetime: .seconds(10), warning: .seconds(5), from: .zero)
    #expect(watch.due(at: at(1000), .silent) == [.struck(.lifetime)])
    #expect(watch.left(at: at(1000)) == .zero)
  }

  @Test("Without limits there is nothing to wait for")
  func none() {
    var watch = ExpiryWatch(idleLimit: nil, lifetime: nil, warning: .seconds(30), from: .zero)
    watch.touch(at: at(5))
    #expect(watch.deadline(.silent) == nil)
    #expect(watch.left(at: at(5)) == nil)
    #expect(watch.due(at: at(1_000_000), .silent) == [])
  }
}
