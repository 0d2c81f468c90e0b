// libvpx's four memory functions, in place of its own: the linker takes these, since they are found first.
import Glibc

// libvpx's own `vpx_calloc` writes the zeros. That makes 7.4 MB of token tables resident for each 640x480 encoder, of
// which a face needs a hundredth; the system's function leaves large zeros to the kernel.

/// The alignment that libvpx gives where none is asked for (`vpx_mem.c`, `DEFAULT_ALIGNMENT`), and every `malloc` too.
private let usualAlignment = 2 * MemoryLayout<UnsafeRawPointer>.size

@c(vpx_memalign)
func vpxAlign(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
  var block: UnsafeMutableRawPointer?
  return posix_memalign(&block, max(alignment, usualAlignment), size) == 0 ? block : nil
}

@c(vpx_malloc)
func vpxAllocate(_ size: Int) -> UnsafeMutableRawPointer? { malloc(size) }

@c(vpx_calloc)
func vpxAllocateZeros(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? { calloc(count, size) }

@c(vpx_free)
func vpxFree(_ block: UnsafeMutableRawPointer?) { free(block) }
