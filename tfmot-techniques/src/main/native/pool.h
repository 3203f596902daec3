// Threads that share the blocks of one kernel. TensorFlow's C API does not hand out its own
// intra-op pool. The blocks of a kernel do not depend on the number of threads, nor do its results.
#ifndef TFMOT_POOL_H
#define TFMOT_POOL_H

#include "host.h"

enum { MOST_THREADS = 64 };

typedef void (*Work)(void *argument, i64 block);

// Larger than any platform's mutex and condition variable.
typedef union {
  i64 align;
  u8 bytes[128];
} Sync;

static struct {
  Sync busy, lock, wake, done;
  Work work;
  void *argument;
  i64 blocks, next;
  unsigned long generation;
  int workers, limit, pending;
} pool;

static void pool_blocks(void) {
  for (;;) {
    i64 block = __atomic_fetch_add(&pool.next, 1, __ATOMIC_RELAXED);
    if (block >= pool.blocks) {
      return;
    }
    pool.work(pool.argument, block);
  }
}

static void *pool_worker(void *number) {
  int id = (int)(i64)number;
  unsigned long seen = 0;
  host.mutex_lock(&pool.lock);
  for (;;) {
    while (pool.generation == seen || id >= pool.limit) {
      host.cond_wait(&pool.wake, &pool.lock);
    }
    seen = pool.generation;
    host.mutex_unlock(&pool.lock);
    pool_blocks();
    host.mutex_lock(&pool.lock);
    if (--pool.pending == 0) {
      host.cond_broadcast(&pool.done);
    }
  }
  return 0;
}

static void pool_init(void) {
  host.mutex_init(&pool.busy, 0);
  host.mutex_init(&pool.lock, 0);
  host.cond_init(&pool.wake, 0);
  host.cond_init(&pool.done, 0);
}

// Starts workers as they are first needed; called with the pool busy and locked, before the
// generation that they are to join begins.
static void pool_grow(int wanted) {
  while (pool.workers < wanted) {
    unsigned long thread;
    if (host.thread_create(&thread, 0, pool_worker, (void *)(i64)pool.workers)) {
      return;
    }
    host.thread_detach(thread);
    pool.workers++;
  }
}

// Runs all blocks, on the calling thread and up to threads - 1 others. A kernel that finds the pool
// in use by another one runs alone: TensorFlow then has work for all cores already.
static void pool_run(Work work, void *argument, i64 blocks, int threads) {
  int helpers = threads > MOST_THREADS ? MOST_THREADS - 1 : threads - 1;
  if (helpers > blocks - 1) {
    helpers = (int)(blocks - 1);
  }
  if (helpers < 1 || host.mutex_trylock(&pool.busy)) {
    for (i64 block = 0; block < blocks; block++) {
      work(argument, block);
    }
    return;
  }
  host.mutex_lock(&pool.lock);
  pool_grow(helpers);
  helpers = helpers < pool.workers ? helpers : pool.workers;
  pool.work = work;
  pool.argument = argument;
  pool.blocks = blocks;
  pool.next = 0;
  pool.limit = helpers;
  pool.pending = helpers;
  pool.generation++;
  host.cond_broadcast(&pool.wake);
  host.mutex_unlock(&pool.lock);
  pool_blocks();
  host.mutex_lock(&pool.lock);
  while (pool.pending > 0) {
    host.cond_wait(&pool.done, &pool.lock);
  }
  host.mutex_unlock(&pool.lock);
  host.mutex_unlock(&pool.busy);
}

#endif
