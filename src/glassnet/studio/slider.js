// The browser's own slider: arrow keys, Home, End and screen readers work as everywhere.
export default {
  template: `<input type="range" class="gn-slider" :min="min" :max="max" :step="step" :value="shown"
    :aria-valuetext="words[Math.round((shown - min) / step)]" :style="{ '--share': (shown - min) / (max - min) }" @input="changed">`,
  props: { value: Number, min: Number, max: Number, step: Number, words: Array },
  emits: ["update:value"],
  data() {
    return { shown: this.value };
  },
  watch: {
    value(value) {
      this.shown = value;
    },
  },
  methods: {
    changed(event) {
      this.shown = Number(event.target.value);
      this.$emit("update:value", this.shown);
    },
  },
};
