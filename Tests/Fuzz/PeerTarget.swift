// libFuzzer's entry point for what reaches the mock's WebRTC peer.
import Foundation

/// Which of the properties is looked at.
private let target = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPeer(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    try PeerFuzzProperties.check(target, Array(UnsafeBufferPointer(start: start, count: count)))
  } catch {
    fatalError("\(error)")
  }
  return 0
}
