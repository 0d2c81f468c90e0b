// libFuzzer's entry point for SSML.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSSML(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    try SSMLProperties.check(Array(UnsafeBufferPointer(start: start, count: count)))
  } catch {
    fatalError("\(error)")
  }
  return 0
}
